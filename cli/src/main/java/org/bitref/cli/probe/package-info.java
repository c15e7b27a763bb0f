/** {@code bitref probe}: inputs for a user's device, and the reading of its answers. */
package org.bitref.cli.probe;
