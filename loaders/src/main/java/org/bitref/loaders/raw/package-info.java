/** Files of bare numbers, whose types and shapes stand elsewhere. */
package org.bitref.loaders.raw;
