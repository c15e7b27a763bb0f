/** {@code bitref predict}: the drift that two correct systems have. */
package org.bitref.cli.predict;
