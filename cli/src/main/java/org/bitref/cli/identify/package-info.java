/** {@code bitref identify}. */
package org.bitref.cli.identify;
