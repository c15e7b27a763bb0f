/** Hugging Face checkpoint folders: config.json, tensor names, text prefix. */
package org.bitref.loaders.hf;
