/** What all commands share: settings, result output, tables, numbers, progress. */
package org.bitref.cli.console;
