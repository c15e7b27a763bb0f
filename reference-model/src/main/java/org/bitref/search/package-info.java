/** Which recipe reproduces a captured output, and whether the output is a rounding at all. */
package org.bitref.search;
