package dev.rapt.cli.options;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** The heading under which help lists the options of a class. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
public @interface OptionGroup {
  /** The heading, without a colon. */
  String value();

  /** The tasks of fine-tuning that read the options; empty for all. */
  String[] tasks() default {};
}
