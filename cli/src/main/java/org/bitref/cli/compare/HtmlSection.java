package org.bitref.cli.compare;

/**
 * One comparison on a page.
 *
 * @param title heading; empty for none
 * @param note a paragraph below it; empty for none
 */
public record HtmlSection(String title, String note, CompareReport report) {}
