/** KV caches in the layouts of other systems. */
package org.bitref.loaders.kv;
