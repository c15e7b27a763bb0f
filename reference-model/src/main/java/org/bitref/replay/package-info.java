/**
 * What a system's values should have been, in float64, from what was captured before them: through
 * stages that were not captured, and under other functions than the model's.
 */
package org.bitref.replay;
