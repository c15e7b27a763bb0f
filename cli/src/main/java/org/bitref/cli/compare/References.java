package org.bitref.cli.compare;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.bitref.cli.dump.Dump;

/** Dumps that are open together. */
record References(List<Dump> dumps) implements AutoCloseable {

  /** Opens all; if one cannot be opened, those before it are closed. */
  static References open(List<Path> paths, Function<Path, Dump> how) {
    References opened = new References(new ArrayList<>());
    try {
      paths.forEach(path -> opened.dumps.add(how.apply(path)));
      return opened;
    } catch (RuntimeException e) {
      opened.close();
      throw e;
    }
  }

  /** These behind a first one. */
  List<Dump> after(Dump first) {
    List<Dump> all = new ArrayList<>(List.of(first));
    all.addAll(dumps);
    return all;
  }

  @Override
  public void close() {
    dumps.forEach(Dump::close);
  }
}
