package org.bitref.cli.console;

import java.util.List;

/**
 * A table for {@code --csv}; without rows there is no file.
 *
 * @param name empty for the main one
 * @param rows records whose columns go by the names in the JSON object
 */
public record CsvTable(String name, List<?> rows) {}
