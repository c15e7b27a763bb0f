/** Other libraries, compiled and run only with the Maven profile "peers". */
package org.bitref.bench.peer;
