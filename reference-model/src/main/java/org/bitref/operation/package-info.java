/** What was captured of a system. */
package org.bitref.operation;
