/** Tables as text. */
package org.bitref.loaders.csv;
