/** {@code bitref sweep}: precision hypotheses against captures or a model. */
package org.bitref.cli.sweep;
