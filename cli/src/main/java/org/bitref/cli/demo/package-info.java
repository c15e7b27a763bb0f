/** The command demo: a first look on data in the repository. */
package org.bitref.cli.demo;
