/** The command inspect: the tensors of a file. */
package org.bitref.cli.inspect;
