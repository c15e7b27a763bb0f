/** Where systems that computed the same begin to differ, and what explains it. */
package org.bitref.explain;
