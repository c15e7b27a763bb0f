/** The command golden: the prefill, written to a file. */
package org.bitref.cli.golden;
