package dev.rapt.nn;

import dev.rapt.tensor.Scope;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The parameters of a model, each once, in the order in which its constructor asks for them. */
public final class Parameters implements Iterable<Parameter> {
  private final Scope scope;
  private final Map<String, Parameter> byName = new LinkedHashMap<>();
  private final Set<Parameter> frozen = new HashSet<>();

  /** No parameters yet; they will live in this scope. */
  public Parameters(Scope scope) {
    this.scope = scope;
  }

  /** The scope that owns the values. */
  public Scope scope() {
    return scope;
  }

  /** Adds a parameter; one of the same name, as a tied weight has, must be the same. */
  public Parameter add(Parameter parameter) {
    Parameter present = byName.putIfAbsent(parameter.name(), parameter);
    if (present != null && present != parameter) {
      throw new IllegalArgumentException("parameters: " + parameter.name() + " is there already");
    }
    return parameter;
  }

  /** The parameter of this name, or null. */
  public @Nullable Parameter get(String name) {
    return byName.get(name);
  }

  /** All, in order. */
  public List<Parameter> all() {
    return Collections.unmodifiableList(new ArrayList<>(byName.values()));
  }

  @Override
  public Iterator<Parameter> iterator() {
    return all().iterator();
  }

  /** Number of single weights. */
  public long numWeights() {
    long sum = 0;
    for (Parameter parameter : byName.values()) {
      sum += parameter.shape().numElements();
    }
    return sum;
  }

  /** Keeps a parameter as it is in training: {@link #track} passes it over. */
  public Parameter freeze(Parameter parameter) {
    frozen.add(parameter);
    return parameter;
  }

  /** Marks all as trained, but for those that are frozen. */
  public Parameters track() {
    for (Parameter parameter : byName.values()) {
      if (!frozen.contains(parameter)) {
        parameter.value().track();
      }
    }
    return this;
  }

  /** Gives every matrix a bf16 copy, from which products and look-ups are computed from now on. */
  public void computeInBf16() {
    for (Parameter parameter : byName.values()) {
      if (parameter.isMatrix()) {
        parameter.computeInBf16();
      }
    }
  }
}
