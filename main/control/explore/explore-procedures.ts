import { z } from 'zod'
import {
  callListQuestionSchema,
  exploreDimensionSchema,
  exploreQuestionSchema,
  spendFilterSchema,
} from '../../../shared/contract/explore.ts'
import { callList, conversationDetail, conversationList } from './call-list.ts'
import { type ExploreFrame, exploreSpend, facets, forecast } from './explore.ts'
import { clientList, projectList } from './explore-lists.ts'
import { focusExport } from './focus-export.ts'
import type { GatewayView } from '../views/gateway-view.ts'
import { explainSpike } from './spike.ts'
import { procedure } from '../server/trpc.ts'

const span = { since: z.string().max(40), until: z.string().max(40) }

/** What the screens ask that explore spend; part of the router. */
export const exploreProcedures = {
  explore: procedure.input(exploreQuestionSchema).query(({ ctx, input }) => exploreSpend(frameOf(ctx.view), input)),
  forecast: procedure
    .input(z.strictObject({ filter: spendFilterSchema.optional() }))
    .query(({ ctx, input }) => forecast(frameOf(ctx.view), input.filter ?? {})),
  facets: procedure.input(z.strictObject(span)).query(({ ctx, input }) => facets(frameOf(ctx.view), input)),
  callList: procedure.input(callListQuestionSchema).query(({ ctx, input }) => callList(frameOf(ctx.view), input)),
  spike: procedure
    .input(z.strictObject({ ...span, filter: spendFilterSchema.optional() }))
    .query(({ ctx, input }) => explainSpike(frameOf(ctx.view), input)),
  conversationList: procedure
    .input(z.strictObject({ ...span, small: z.boolean().optional() }))
    .query(({ ctx, input }) => conversationList(frameOf(ctx.view), input)),
  conversation: procedure
    .input(z.strictObject({ id: z.string().min(1).max(200) }))
    .query(({ ctx, input }) => conversationDetail(frameOf(ctx.view), input.id)),
  projects: procedure.query(({ ctx }) => projectList(frameOf(ctx.view))),
  /** FOCUS 1.2 as CSV, of what a screen shows. */
  focusExport: procedure
    .input(z.strictObject({ ...span, by: exploreDimensionSchema, filter: spendFilterSchema.optional() }))
    .query(({ ctx, input }) => focusExport(frameOf(ctx.view), input)),
  clients: procedure.query(({ ctx }) => clientList(frameOf(ctx.view))),
}

function frameOf({ books, clock }: GatewayView): ExploreFrame {
  return { database: books.ledger.store.database, timeZone: books.inForce.timeZone, nowMs: clock() }
}
