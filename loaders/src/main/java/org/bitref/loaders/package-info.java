/** File formats, in: the one entry point is {@link org.bitref.loaders.Sources}. */
package org.bitref.loaders;
