package dev.rapt.verify.model;

import dev.rapt.autograd.Gradients;
import dev.rapt.autograd.Tape;
import dev.rapt.checkpoint.TensorEntry;
import dev.rapt.nn.Parameter;
import dev.rapt.nn.Parameters;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import dev.rapt.verify.report.Comparison;
import dev.rapt.verify.report.RecordedTensors;
import java.lang.foreign.ValueLayout;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Base class of models under test: conversion of input and output tensors, gradients, and the
 * lifetime of the tensors of a call.
 */
abstract class RecordedModel implements CaseModel {
  /** The tensors of a call, by their recorded names. */
  static final class Call {
    private final Scope scope;
    private final Map<String, TensorEntry> inputs;
    private final Set<String> wanted;
    private final Map<String, TensorEntry> outputs = new HashMap<>();

    private Call(Scope scope, Map<String, TensorEntry> inputs, Set<String> wanted) {
      this.scope = scope;
      this.inputs = inputs;
      this.wanted = wanted;
    }

    /** The scope of the tensors of this call. */
    Scope scope() {
      return scope;
    }

    /** Whether an output will be compared. */
    boolean wants(String name) {
      return wanted.contains(name);
    }

    /** An input, or null if the call has none of this name. */
    @Nullable TensorEntry input(String name) {
      return inputs.get(name);
    }

    /** The elements of an input, or null if the call has none of this name. */
    int @Nullable [] ints(String name) {
      TensorEntry entry = inputs.get(name);
      return entry == null ? null : RecordedTensors.ints(entry);
    }

    /**
     * An input.
     *
     * @throws IllegalArgumentException if the call has none of this name
     */
    TensorEntry required(String name) {
      return RecordedTensors.required(inputs, name);
    }

    /** Refuses inputs other than these, which would have no effect. */
    void requireKnown(String... names) {
      RecordedTensors.requireKnown(inputs, names);
    }

    /** {@code input_ids} (B, T). */
    Tensor ids() {
      return tensor(required("input_ids"));
    }

    /** An input of integers as a tensor of this call. */
    Tensor tensor(TensorEntry entry) {
      return scope.ints(RecordedTensors.ints(entry), entry.shape().toArray());
    }

    /** Labels in their recorded type: ids of classes as integers, or f32 numbers. */
    Tensor labels(TensorEntry entry) {
      if (!entry.dtype().isFloat()) {
        return tensor(entry);
      }
      if (entry.dtype() != DType.F32) {
        throw new IllegalArgumentException(
            entry.name() + ": must be f32, got " + entry.dtype().label());
      }
      float[] values = entry.data().toArray(ValueLayout.JAVA_FLOAT_UNALIGNED);
      return scope.floats(values, entry.shape().toArray());
    }

    /** Length of each row of {@code input_ids} without padding on the right. */
    int[] lengths() {
      int[][] rows = Comparison.toMatrix(required("input_ids"));
      return RecordedTensors.lengths(rows, input("attention_mask"));
    }

    /** An observer that adds the tensors it receives as outputs name.0, name.1, ... */
    Consumer<Tensor> numbered(String name) {
      int[] count = {0};
      return x -> put(name + "." + count[0]++, x);
    }

    /** Adds an output. */
    void put(String name, Tensor value) {
      RecordedTensors.put(outputs, name, value);
    }
  }

  private final Scope scope;
  private final Parameters parameters;
  private @Nullable Scope callScope;

  /** Creates a model with these parameters in this scope. */
  RecordedModel(Scope scope, Parameters parameters) {
    this.scope = scope;
    this.parameters = parameters;
  }

  /**
   * Computes the outputs of a call.
   *
   * @return the loss, or null without labels
   */
  abstract @Nullable Tensor run(Call call);

  @Override
  public Map<String, TensorEntry> forward(
      Map<String, TensorEntry> inputs, JsonNode args, Set<String> wanted) {
    Call call = new Call(newScope(), inputs, wanted);
    run(call);
    return call.outputs;
  }

  @Override
  public Map<String, TensorEntry> forwardBackward(
      Map<String, TensorEntry> inputs, JsonNode args, Set<String> wanted) {
    Scope kept = newScope();
    Call call = new Call(kept, inputs, wanted);
    run(call);
    parameters.track();
    Gradients gradients = new Gradients(kept);
    try (Tape tape = Tape.open(kept)) {
      Tensor loss = run(new Call(tape, inputs, Set.of()));
      if (loss == null) {
        throw new IllegalArgumentException("gradients: the call must have labels, got none");
      }
      tape.backward(loss, gradients);
    }
    for (Parameter parameter : parameters) {
      Tensor gradient = gradients.of(parameter.value());
      if (gradient != null) {
        call.put("grad." + parameter.name(), gradient);
      }
    }
    return call.outputs;
  }

  private Scope newScope() {
    if (callScope != null) {
      callScope.close();
    }
    callScope = scope.child();
    return callScope;
  }

  /** Frees the tensors of the last call; subclasses then free the model. */
  @Override
  public void close() {
    if (callScope != null) {
      callScope.close();
      callScope = null;
    }
  }
}
