/** Times of the kernels beside the machine's own limits, after their bits were checked. */
package org.bitref.bench;
