/** {@code bitref bundle}. */
package org.bitref.cli.bundle;
