import type {
  CallList,
  CallListQuestion,
  ClientRow,
  ConversationDetail,
  ConversationList,
  ExploreAnswer,
  ExploreQuestion,
  Facets,
  ProjectRow,
  SpendFilter,
  SpendForecast,
  Spike,
} from '../../../shared/contract/explore.ts'

export interface TimeSpan {
  since: string
  until: string
}

/** What the screens ask that explore spend. Every promise rejects with an `ApiError`. */
export interface ExploreApi {
  spend: (question: ExploreQuestion) => Promise<ExploreAnswer>
  /** Null before there are a few days to go by. */
  forecast: (filter: SpendFilter) => Promise<SpendForecast | null>
  facets: (span: TimeSpan) => Promise<Facets>
  calls: (question: CallListQuestion) => Promise<CallList>
  spike: (question: TimeSpan & { filter?: SpendFilter }) => Promise<Spike>
  /** `small`: those below a cent too. */
  conversations: (question: TimeSpan & { small?: boolean }) => Promise<ConversationList>
  conversation: (id: string) => Promise<ConversationDetail>
  projects: () => Promise<ProjectRow[]>
  clients: () => Promise<ClientRow[]>
  /** FOCUS 1.2 as CSV. */
  focus: (question: TimeSpan & { by: string; filter?: SpendFilter }) => Promise<string>
}
