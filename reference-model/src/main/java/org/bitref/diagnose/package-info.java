/** Whether an output is a rounding of the right result at all, and if not, what happened to it. */
package org.bitref.diagnose;
