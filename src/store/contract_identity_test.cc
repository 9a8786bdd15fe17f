// SPDX-License-Identifier: Apache-2.0
// The contract of what a store belongs to: opening, looking, another definition or source, a new generation.
#include <gmock/gmock.h>

#include "store/contract_test.h"

namespace salestream::store {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

namespace {

Identity with_another_definition() {
  Identity identity = contract_identity();
  identity.definition.allow_returns = true;
  identity.definition.totals.pop_back();
  return identity;
}

}  // namespace

TEST_P(StoreContract, KeepsEverythingForTheNextRun) {
  const core::PartitionProgress at = progress(0, 10);
  {
    const Run r = run();
    ASSERT_OK(write_cells_and_totals(*r.session, kProductSales, {{"Mouse", 0, {measures("1", "1", 1), 5}}}));
    ASSERT_OK(r.session->flush([&](FlushSteps& steps) { return steps.write_progress({&at, 1}); }));
  }
  const Run r = run();
  EXPECT_EQ(r.session->read_progress().value().at(0).next_offset, 10);
  EXPECT_EQ(r.session->read_totals(kProductSales, {}).value().rows.size(), 1U);
  EXPECT_EQ(cells_of(*r.session, kProductSales, {"Mouse"}).size(), 1U);
}

TEST_P(StoreContract, InitMakesOnceAndIsHarmlessAfterwards) {
  EXPECT_THAT(place_->store(contract_identity())->init().value(), Not(IsEmpty()));
  EXPECT_THAT(place_->store(contract_identity())->init().value(), IsEmpty());
  const Run r = run();
  ASSERT_OK(write_cells(*r.session, kProductSales, {{"Mouse", 0, {measures("1", "1", 1), 5}}}));
  EXPECT_THAT(place_->store(contract_identity())->init().value(), IsEmpty());
  EXPECT_EQ(cells_of(*r.session, kProductSales, {"Mouse"}).size(), 1U);
}

TEST_P(StoreContract, LookingNeedsAStoreAndMakesNone) {
  for (int i = 0; i < 2; ++i) {
    const auto status = place_->store(contract_identity())->open_for_read();
    ASSERT_FALSE(status.ok());
    EXPECT_THAT(status.error().message, HasSubstr("salestream init"));
  }
}

TEST_P(StoreContract, LookingGoesOnWhileARunWrites) {
  const Run r = run();
  const auto reader = place_->store(contract_identity());
  ASSERT_OK(reader->open_for_read());
  const auto session = reader->session().value();
  ASSERT_OK(write_cells_and_totals(*r.session, kProductSales, {{"Mouse", 0, {measures("1", "1", 1), 5}}}));
  EXPECT_EQ(session->read_totals(kProductSales, {}).value().all_rows, 1);
  ASSERT_OK(write_cells_and_totals(*r.session, kProductSales, {{"Pen", 0, {measures("1", "1", 1), 5}}}));
  EXPECT_EQ(session->read_totals(kProductSales, {}).value().all_rows, 2);
}

TEST_P(StoreContract, RefusesAnotherDefinitionAndShowsIt) {
  { const Run r = run(); }
  const auto refused = [](const base::Status& status) {
    ASSERT_FALSE(status.ok());
    EXPECT_THAT(status.error().message, HasSubstr("allow_returns: false"));
    EXPECT_THAT(status.error().message, HasSubstr("allow_returns: true"));
  };
  const base::Status run_refused = place_->store(with_another_definition())->open_for_run();
  refused(run_refused);
  EXPECT_THAT(run_refused.error().message, HasSubstr("salestream reset"));
  const base::Status read_refused = place_->store(with_another_definition())->open_for_read();
  refused(read_refused);
  EXPECT_THAT(read_refused.error().message, Not(HasSubstr("reset"))) << "nobody who only reads is told to delete";
  const Run r = run();
}

TEST_P(StoreContract, ShowsWhatIsStoredWhateverTheDefinitionIsNow) {
  core::Reject reject;
  {
    const Run r = run();
    ASSERT_OK(write_cells_and_totals(*r.session, kClientSales,
                                     {{core::make_key({"Ana", "Mouse"}), 0, {measures("1", "1", 1), 5}}}));
    ASSERT_OK(r.session->flush([&](FlushSteps& steps) { return steps.write_rejects({&reject, 1}); }));
  }
  Identity identity = with_another_definition();  // which has no such table
  identity.source = "another\nsource";
  const auto reader = place_->store(identity);
  const auto stored = reader->open_as_stored();
  ASSERT_TRUE(stored.ok()) << stored.error().message;
  EXPECT_EQ(stored->identity.definition.canonical_text(), contract_identity().definition.canonical_text());
  EXPECT_EQ(stored->identity.source, contract_identity().source);
  EXPECT_THAT(stored->difference, HasSubstr("it was allow_returns: false, it is allow_returns: true"));
  EXPECT_THAT(stored->difference, HasSubstr("it was test source, it is another"));
  EXPECT_THAT(stored->difference, Not(HasSubstr("reset")));
  EXPECT_THAT(stored->difference, Not(HasSubstr("\n"))) << "one line";
  const auto session = reader->session().value();
  EXPECT_EQ(session->read_totals(kClientSales, {}).value().rows.at(0).key, core::make_key({"Ana", "Mouse"}));
  EXPECT_EQ(session->read_rejects(10).value().size(), 1U);
  EXPECT_TRUE(reader->resends().value()->read().ok());
  const Run r = run();  // nothing was changed
}

TEST_P(StoreContract, ShowsWithoutADifferenceWhatIsTheSame) {
  EXPECT_THAT(place_->store(contract_identity())->open_as_stored().error().message, HasSubstr("salestream init"));
  { const Run r = run(); }
  EXPECT_EQ(place_->store(contract_identity())->open_as_stored().value().difference, "");
}

TEST_P(StoreContract, RefusesAnotherSourceAndShowsIt) {
  { const Run r = run(); }
  Identity identity = contract_identity();
  identity.source = "another source";
  const auto status = place_->store(identity)->open_for_run();
  ASSERT_FALSE(status.ok());
  EXPECT_THAT(status.error().message, HasSubstr("test source"));
  EXPECT_THAT(status.error().message, HasSubstr("another source"));
  EXPECT_THAT(status.error().message, HasSubstr("salestream reset"));
}

TEST_P(StoreContract, RefusesAnotherPipelineEvenToReset) {
  { const Run r = run(); }
  Identity identity = contract_identity();
  identity.definition.pipeline = "another";
  for (const auto& status : {place_->store(identity)->open_for_run(), place_->store(identity)->reset()}) {
    ASSERT_FALSE(status.ok());
    EXPECT_THAT(status.error().message, HasSubstr("contract"));
    EXPECT_THAT(status.error().message, HasSubstr("another"));
  }
}

TEST_P(StoreContract, ResetStartsOverAndTakesTheNewDefinition) {
  core::Reject reject;
  const core::PartitionProgress at = progress(0, 10);
  const auto fill = [&](Session& session) {
    ASSERT_OK(write_cells_and_totals(session, kProductSales, {{"Mouse", 0, {measures("1", "1", 1), 5}}}));
    ASSERT_OK(session.flush([&](FlushSteps& steps) -> base::Status {
      SALESTREAM_TRY(steps.write_rejects({&reject, 1}));
      return steps.write_progress({&at, 1});
    }));
  };
  {
    const Run r = run();
    fill(*r.session);
  }
  Identity identity = with_another_definition();
  identity.source = "another source";
  ASSERT_OK(place_->store(identity)->reset());
  {
    const Run r = run(identity);
    EXPECT_THAT(r.session->read_progress().value(), IsEmpty());
    EXPECT_THAT(r.session->read_totals(kProductSales, {}).value().rows, IsEmpty());
    EXPECT_THAT(r.session->read_rejects(10).value(), IsEmpty());
    EXPECT_THAT(cells_of(*r.session, kProductSales, {"Mouse"}), IsEmpty());
    // The old generation's cell is gone with it: a smaller `applied_through` counts again.
    ASSERT_OK(write_cells(*r.session, kProductSales, {{"Mouse", 0, {measures("7", "1", 1), 2}}}));
    EXPECT_EQ(cells_of(*r.session, kProductSales, {"Mouse"}).at(0).cell.applied_through, 2);
  }
  EXPECT_FALSE(place_->store(contract_identity())->open_for_run().ok());
  ASSERT_OK(place_->store(contract_identity())->reset());
  const Run r = run();
  EXPECT_THAT(r.session->read_totals(kClientSales, {}).value().rows, IsEmpty());
}

TEST_P(StoreContract, ResetWhereNothingIsMakesNothing) {
  ASSERT_OK(place_->store(contract_identity())->reset());
  const auto status = place_->store(contract_identity())->open_for_read();
  ASSERT_FALSE(status.ok());
  EXPECT_THAT(status.error().message, HasSubstr("salestream init"));
  const Run r = run(with_another_definition());  // bound to nothing
}

TEST_P(StoreContract, ASecondRunAndAResetAreRefusedWhileOneWrites) {
  if (!kind_.refuses_second_run) GTEST_SKIP() << "this store takes many runs at once";
  const Run r = run();
  for (const auto& status :
       {place_->store(contract_identity())->open_for_run(), place_->store(contract_identity())->reset()}) {
    ASSERT_FALSE(status.ok());
    EXPECT_THAT(status.error().message, HasSubstr("another run is writing"));
  }
  ASSERT_OK(write_cells(*r.session, kProductSales, {{"Mouse", 0, {measures("1", "1", 1), 5}}}));
}

}  // namespace salestream::store
