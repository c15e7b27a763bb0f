/** The command compare: two dumps stage by stage. */
package org.bitref.cli.compare;
