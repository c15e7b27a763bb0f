/** Polygraphy's JSON: inputs and results of runs, each array an npy file in base64. */
package org.bitref.loaders.polygraphy;
