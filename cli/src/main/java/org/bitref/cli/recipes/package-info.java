/** The command recipes: the named recipes. */
package org.bitref.cli.recipes;
