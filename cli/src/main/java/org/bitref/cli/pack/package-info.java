/** {@code bitref pack}: a case in one file. */
package org.bitref.cli.pack;
