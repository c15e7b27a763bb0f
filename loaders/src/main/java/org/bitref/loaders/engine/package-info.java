/**
 * What the layers of a TensorRT engine say of its arithmetic: which kernel computes which stages of
 * a model, and with which recipe.
 */
package org.bitref.loaders.engine;
