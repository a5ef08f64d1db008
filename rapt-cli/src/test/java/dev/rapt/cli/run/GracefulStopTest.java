package dev.rapt.cli.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapt.cli.output.ProgressLine;
import dev.rapt.model.CausalLm;
import dev.rapt.train.TrainListener;
import dev.rapt.train.TrainOptions;
import dev.rapt.train.TrainResult;
import dev.rapt.train.Trainer;
import dev.rapt.train.batch.RandomWindows;
import dev.rapt.train.batch.TokenBatch;
import dev.rapt.train.data.TokenDataset;
import dev.rapt.train.shape.ModelShape;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.jline.utils.Signals;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GracefulStopTest {
  private static final int STEPS = 20;

  /**
   * Calls the handler of a signal; returns whether there is one: nohup and the like ignore some.
   */
  private static boolean raise(String signal) {
    Object handler = Signals.register(signal, () -> {});
    if (!Proxy.isProxyClass(handler.getClass())) {
      return false;
    }
    Method handle =
        Arrays.stream(handler.getClass().getInterfaces()[0].getMethods())
            .filter(method -> method.getName().equals("handle"))
            .findFirst()
            .orElseThrow();
    try {
      handle.invoke(handler, new Object[] {null});
    } catch (ReflectiveOperationException e) {
      throw new LinkageError(e.getMessage(), e);
    }
    return true;
  }

  @ParameterizedTest
  @ValueSource(strings = {"INT", "TERM", "HUP"})
  void aSignalEndsTheRunAfterTheStep(String signal) {
    TokenDataset text = TokenDataset.of(IntStream.range(0, 100).map(i -> i % 7).toArray(), 7, -1);
    StringWriter err = new StringWriter();
    boolean[] isHandled = new boolean[1];
    TrainListener sender =
        new TrainListener() {
          @Override
          public void onStep(StepMetrics step) {
            if (step.step() == 2) {
              isHandled[0] = raise(signal);
            }
          }
        };
    TrainResult result;
    try (CausalLm model = CausalLm.create(ModelShape.gpt2(1, 8, 1, 8).config(7), 1)) {
      RandomWindows batches = new RandomWindows(text, 1, 8, 1, false);
      Trainer<TokenBatch> trainer =
          Trainer.of(model, batches, TrainOptions.of(STEPS)).listener(sender).build();
      PrintWriter out = new PrintWriter(err, true);
      try (GracefulStop stop = new GracefulStop(new ProgressLine(out, 0), out)) {
        stop.stops(trainer);
        result = trainer.run();
      }
    }
    assertThat(result.stopped()).isEqualTo(isHandled[0]);
    assertThat(result.steps()).isEqualTo(isHandled[0] ? 2 : STEPS);
    assertThat(err.toString().contains("stopping: finishing the step")).isEqualTo(isHandled[0]);
  }
}
