/** Reading and writing files whole or not at all; for the loaders' own use. */
package org.bitref.loaders.file;
