/** {@code bitref explain}: why systems differ, stage by stage. */
package org.bitref.cli.explain;
