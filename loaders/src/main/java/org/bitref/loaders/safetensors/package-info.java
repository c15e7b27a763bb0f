/**
 * Safetensors files: single, sharded by an index, and the writer (huggingface/safetensors, README,
 * section "Format").
 */
package org.bitref.loaders.safetensors;
