/** Names and layouts of other tools, turned into those of the stages by rules that are data. */
package org.bitref.loaders.map;
