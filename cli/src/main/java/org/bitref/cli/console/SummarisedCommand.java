package org.bitref.cli.console;

import java.util.concurrent.Callable;

/** A command whose result is a {@link Summary}. */
public interface SummarisedCommand extends Callable<Integer> {}
