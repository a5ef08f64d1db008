package dev.rapt.nn.block;

import dev.rapt.nn.Init;
import dev.rapt.nn.Parameter;
import dev.rapt.nn.ParameterSource;
import dev.rapt.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/** A source that keeps a list of the parameters that it gives out. */
final class RecordingSource implements ParameterSource {
  private final ParameterSource source;
  private final List<Parameter> given;

  RecordingSource(ParameterSource source) {
    this(source, new ArrayList<>());
  }

  private RecordingSource(ParameterSource source, List<Parameter> given) {
    this.source = source;
    this.given = given;
  }

  /** Returns the parameters that were given out. */
  List<Parameter> given() {
    return List.copyOf(given);
  }

  private Parameter noted(Parameter parameter) {
    given.add(parameter);
    return parameter;
  }

  @Override
  public ParameterSource at(String name) {
    return new RecordingSource(source.at(name), given);
  }

  @Override
  public Parameter get(String name, Init init, long... shape) {
    return noted(source.get(name, init, shape));
  }

  @Override
  public Parameter inputMajor(String name, Init init, long inputSize, long outputSize) {
    return noted(source.inputMajor(name, init, inputSize, outputSize));
  }

  @Override
  public Parameter tokenEmbedding(String name, Init init, long... shape) {
    return noted(source.tokenEmbedding(name, init, shape));
  }

  @Override
  public ParameterSource untied() {
    return new RecordingSource(source.untied(), given);
  }

  @Override
  public boolean hasTokenEmbedding(String name) {
    return source.hasTokenEmbedding(name);
  }

  @Override
  public Parameter tied(String name, Parameter other) {
    return noted(source.tied(name, other));
  }

  @Override
  public Tensor constant(float[] values, long... shape) {
    return source.constant(values, shape);
  }

  @Override
  public boolean has(String name) {
    return source.has(name);
  }
}
