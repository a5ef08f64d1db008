package dev.rapt.nn;

import dev.rapt.tensor.Scope;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The parameters of a model, each once, in the order of construction. */
public final class Parameters implements Iterable<Parameter> {
  private final Scope scope;
  private final Map<String, Parameter> byName = new LinkedHashMap<>();
  private final Set<Parameter> frozen = new HashSet<>();
  private final Set<Parameter> random = new HashSet<>();
  private final Map<Parameter, Init> outlined = new HashMap<>();

  /** Creates an empty set; its parameters will live in this scope. */
  public Parameters(Scope scope) {
    this.scope = scope;
  }

  /** The scope that owns the values. */
  public Scope scope() {
    return scope;
  }

  /**
   * Adds a parameter and returns it. Adding the same one again, as tied weights do, has no effect.
   */
  public Parameter add(Parameter parameter) {
    Parameter present = byName.putIfAbsent(parameter.name(), parameter);
    if (present != null && present != parameter) {
      throw new IllegalArgumentException(
          "parameters: names must be distinct, got " + parameter.name() + " twice");
    }
    return parameter;
  }

  /** Adds a parameter whose value is random, and returns it. */
  Parameter addRandom(Parameter parameter) {
    random.add(parameter);
    return add(parameter);
  }

  /** Adds a parameter without a value, and returns it. */
  Parameter addOutline(Parameter parameter, Init init) {
    outlined.put(parameter, init);
    return add(parameter);
  }

  /** Returns how a parameter without a value would be initialised. */
  public Init initOf(Parameter outline) {
    return Objects.requireNonNull(outlined.get(outline));
  }

  /**
   * Returns the parameters of a new head on weights of a checkpoint; none if the model as a whole
   * is new.
   */
  public Set<Parameter> newInCheckpoint() {
    return random.size() == byName.size() ? Set.of() : Collections.unmodifiableSet(random);
  }

  /** Returns the parameter of this name, or null. */
  public @Nullable Parameter get(String name) {
    return byName.get(name);
  }

  /** Returns the number of parameters. */
  public int size() {
    return byName.size();
  }

  /** Returns all parameters, in order. */
  public List<Parameter> all() {
    return Collections.unmodifiableList(new ArrayList<>(byName.values()));
  }

  @Override
  public Iterator<Parameter> iterator() {
    return all().iterator();
  }

  /** Returns the number of weights, summed over all parameters. */
  public long numWeights() {
    long sum = 0;
    for (Parameter parameter : byName.values()) {
      sum += parameter.shape().numElements();
    }
    return sum;
  }

  /** Freezes a parameter, so that {@link #track} does not train it, and returns it. */
  public Parameter freeze(Parameter parameter) {
    frozen.add(parameter);
    return parameter;
  }

  /** Returns the parameters that are not frozen, in order. */
  public List<Parameter> trained() {
    return byName.values().stream().filter(parameter -> !frozen.contains(parameter)).toList();
  }

  /** Records gradients for all parameters that are not frozen. Returns this set. */
  public Parameters track() {
    for (Parameter parameter : byName.values()) {
      if (!frozen.contains(parameter)) {
        parameter.value().track();
      }
    }
    return this;
  }

  /**
   * Switches to mixed precision: every matrix gets a bf16 compute copy, which matrix products and
   * embedding look-ups read from now on.
   */
  public void computeInBf16() {
    for (Parameter parameter : byName.values()) {
      if (parameter.isMatrix()) {
        parameter.computeInBf16();
      }
    }
  }

  /**
   * Lets matrix products of many rows, as over a prompt, round their inputs to bf16; sums and
   * results stay f32. Weights that are stored in f32 keep their products in f32.
   */
  public void prefillInBf16() {
    byName.values().forEach(Parameter::prefillInBf16);
  }
}
