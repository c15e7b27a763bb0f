/** Sentences for what the core says in figures, where several commands print them. */
package org.bitref.cli.words;
