/** Strict JSON for the loaders' own use. */
package org.bitref.loaders.json;
