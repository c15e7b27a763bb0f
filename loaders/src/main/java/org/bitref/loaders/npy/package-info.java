/** NumPy's npy and npz files (NEP 1, numpy.lib.format). */
package org.bitref.loaders.npy;
