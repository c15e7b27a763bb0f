/** How far two tensors are apart, element by element, and how far one is from an exact result. */
package org.bitref.compare;
