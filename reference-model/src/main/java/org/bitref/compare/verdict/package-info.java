/** What kind of difference two tensors show, and where: rounding, structure or corruption. */
package org.bitref.compare.verdict;
