/**
 * What the runners of all kinds of cases share: the interface of a runner, the report of its calls,
 * comparisons of numbers and tensors.
 */
package dev.rapt.verify.report;
