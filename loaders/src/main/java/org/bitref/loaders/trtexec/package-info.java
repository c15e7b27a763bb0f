/** What trtexec writes: dumps of debug tensors, outputs as text, descriptions of layers. */
package org.bitref.loaders.trtexec;
