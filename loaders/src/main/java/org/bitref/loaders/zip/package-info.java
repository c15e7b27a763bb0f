/** Members of zip archives, mapped or inflated; for the loaders' own use. */
package org.bitref.loaders.zip;
