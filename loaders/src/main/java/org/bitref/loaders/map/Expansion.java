package org.bitref.loaders.map;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.UnaryOperator;
import org.bitref.BadInputException;
import org.bitref.Text;
import org.bitref.loaders.map.MappedSource.Mapped;
import org.bitref.loaders.map.Rule.Operation;
import org.bitref.loaders.map.Rule.Split;
import org.bitref.loaders.map.Rule.Step;
import org.bitref.loaders.map.Rule.Strip;
import org.bitref.loaders.map.Rule.Unstack;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorInfo;
import org.bitref.tensor.TensorSource;

/** A rule applied to one tensor: the tensors that come of it, as steps that are yet to be done. */
final class Expansion {
  private static final int MOST = 100_000;

  /** One of the tensors on the way. */
  private record Branch(
      Map<String, String> values,
      int part,
      List<UnaryOperator<TensorView>> steps,
      TensorView view) {

    Branch then(UnaryOperator<TensorView> step) {
      List<UnaryOperator<TensorView>> longer = new ArrayList<>(steps);
      longer.add(step);
      return new Branch(values, part, longer, step.apply(view));
    }

    Branch cropped(int axis, long from, long to) {
      return then(view -> view.cropped(axis, from, to));
    }
  }

  private final TensorSource source;
  private final String where;

  private Expansion(TensorSource source, String where) {
    this.source = source;
    this.where = where;
  }

  /**
   * What a rule makes of a tensor.
   *
   * @param values of the places in the rule's pattern
   * @throws BadInputException if a step does not fit the tensor's shape
   */
  static List<Mapped> of(
      TensorSource source,
      Rule rule,
      Map<String, String> values,
      TensorInfo info,
      OptionalLong keepTokens) {
    String where =
        "%s: tensor %s, rule %s"
            .formatted(source.name(), Text.quote(info.name()), Text.quote(rule.from().toString()));
    Expansion expansion = new Expansion(source, where);
    List<Branch> branches = List.of(new Branch(values, 0, List.of(), TensorView.of(where, info)));
    for (Operation operation : rule.operations()) {
      branches = expansion.all(branches, operation);
    }
    List<Mapped> mapped = new ArrayList<>();
    for (Branch branch : branches) {
      Branch cropped = branch;
      if (keepTokens.isPresent() && rule.tokens().isPresent()) {
        int axis = rule.tokens().getAsInt();
        cropped = branch.cropped(axis, 0, keepTokens.getAsLong());
      }
      String name = NamePattern.fill(rule.to().get(branch.part()), branch.values());
      mapped.add(new Mapped(name, info, cropped.steps(), cropped.view()));
    }
    return mapped;
  }

  private List<Branch> all(List<Branch> branches, Operation operation) {
    List<Branch> after = new ArrayList<>();
    for (Branch branch : branches) {
      switch (operation) {
        case Step step -> after.add(branch.then(step.change()));
        case Split split -> split(branch, split, after);
        case Unstack unstack -> unstack(branch, unstack, after);
        case Strip strip -> after.add(strip(branch, strip));
      }
      if (after.size() > MOST) {
        throw branch.view().bad("makes more than " + MOST + " tensors");
      }
    }
    return after;
  }

  private static void split(Branch branch, Split split, List<Branch> after) {
    TensorView view = branch.view();
    long length = view.length(split.axis());
    long sum = split.parts().stream().mapToLong(Long::longValue).sum();
    boolean tooLong = split.parts().stream().anyMatch(part -> part > length);
    if (tooLong || sum <= 0 || length % sum != 0) {
      throw view.bad("cannot be split along axis %s in %s".formatted(split.axis(), split.parts()));
    }
    long from = 0;
    for (int part = 0; part < split.parts().size(); part++) {
      long to = from + length / sum * split.parts().get(part);
      Branch cut = branch.cropped(split.axis(), from, to);
      after.add(new Branch(cut.values, part, cut.steps, cut.view));
      from = to;
    }
  }

  private static void unstack(Branch branch, Unstack unstack, List<Branch> after) {
    TensorView view = branch.view();
    long length = view.length(unstack.axis());
    if (length > MOST) {
      throw view.bad("makes more than " + MOST + " tensors");
    }
    for (long i = 0; i < length; i++) {
      Map<String, String> values = new HashMap<>(branch.values());
      values.put(unstack.as(), Long.toString(i));
      Branch one = branch.cropped(unstack.axis(), i, i + 1).then(at -> at.squeezed(unstack.axis()));
      after.add(new Branch(values, one.part, one.steps, one.view));
    }
  }

  private Branch strip(Branch branch, Strip strip) {
    String name = NamePattern.fill(strip.lengths(), branch.values());
    if (!source.has(name)) {
      throw new BadInputException(
          where,
          "its padding cannot be told: there is no " + Text.quote(name),
          "Keep that tensor in the dump, or crop to a length of your own.");
    }
    TensorView view = branch.view();
    String plus = NamePattern.fill(strip.plus(), branch.values());
    if (!plus.matches("\\d{1,9}")) {
      throw view.bad("cannot be stripped: " + Text.quote(plus) + " is no whole number");
    }
    long length = length(name, source.read(name)) + Long.parseLong(plus);
    long all = view.length(strip.axis());
    if (length > all) {
      throw view.bad("has no %s tokens along axis %s".formatted(length, strip.axis()));
    }
    long from = strip.left() ? all - length : 0;
    return branch.cropped(strip.axis(), from, from + length);
  }

  /** The one length of all rows. */
  private long length(String name, Tensor lengths) {
    boolean mask = lengths.shape().rank() == 2 && lengths.shape().dim(1) != 1;
    long perRow = mask ? lengths.shape().dim(1) : 1;
    long first = -1;
    for (long row = 0; perRow > 0 && row < lengths.elements() / perRow; row++) {
      double sum = 0;
      for (long i = 0; i < perRow; i++) {
        sum += lengths.get(row * perRow + i);
      }
      if (first >= 0 && first != (long) sum) {
        throw new BadInputException(
            where,
            "rows of %s and %s tokens stand side by side, says %s"
                .formatted(first, (long) sum, Text.quote(name)),
            "Dump a batch of prompts of one length, or one prompt at a time.");
      }
      first = (long) sum;
    }
    return Math.max(0, first);
  }
}
