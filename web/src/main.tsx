import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { QueryCache, QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { getSession } from "@zhiwei/api/access";
import { ApiError } from "@zhiwei/api/client";
import "@fontsource-variable/noto-sans-sc";
import { router } from "./routes.tsx";
import "./ui/base.css";
import { LanguageProvider } from "./ui/language.tsx";
import { ThemeProvider } from "./ui/theme.tsx";

const queries = new QueryClient({
  // A session that has ended shows at the next request: the sign-in then takes the place of the page.
  queryCache: new QueryCache({
    onError: (error) => {
      if (error instanceof ApiError && error.status === 401) void queries.invalidateQueries({ queryKey: [getSession.id] });
    },
  }),
  defaultOptions: { queries: { staleTime: 15_000, refetchOnWindowFocus: false } },
});

createRoot(document.getElementById("root")!).render(
  <StrictMode>
    <LanguageProvider>
      <ThemeProvider>
        <QueryClientProvider client={queries}>
          <RouterProvider router={router} />
        </QueryClientProvider>
      </ThemeProvider>
    </LanguageProvider>
  </StrictMode>,
);
